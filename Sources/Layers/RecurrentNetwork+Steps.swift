import SequiturTensors

extension RecurrentNetwork {
    /// One time step, layer by layer, so that what each layer hands on can be watched. Of nets in one direction, without dropout.
    ///
    /// - Parameters:
    ///   - x: [B, inputSize]
    ///   - watch: takes each layer's new state and gives what the layer above and the next step are to read in its place.
    package func step(
        _ x: Tensor, state: RecurrentState, watch: (_ layer: Int, _ state: RecurrentState.Layer) -> RecurrentState.Layer
    ) -> RecurrentState {
        precondition(!isBidirectional, "RecurrentNetwork.step: a net in both directions reads no step before the whole sequence")
        var input = x, after: [RecurrentState.Layer] = []
        for (index, layer) in layers.enumerated() {
            let pass = RecurrentPass(cell: cell, lengths: nil, isReversed: false)
            let vectors = input.reshaped([1] + input.shape)
            let made = watch(index, pass(.vectors(vectors), state.layers[index], layer.weights).state)
            after.append(made)
            input = made.hidden
        }
        return RecurrentState(layers: after)
    }
}
