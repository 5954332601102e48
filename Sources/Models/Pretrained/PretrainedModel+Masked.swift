import SequiturLayers
import SequiturTensors

// T tokens, B sequences, M tokens to be found again, V tokens of the vocabulary

extension PretrainedModel {
    /// The cross-entropy of hidden tokens, of a model with a head for them; logits exist for these tokens alone.
    ///
    /// - Shape: inputs [T, B], targets [T, B] (int32; negative where nothing is to be found)
    public func maskedLoss(inputs: Tensor, targets: Tensor, labelSmoothing: Float = 0) -> Loss {
        let (x, chosen) = maskedStates(inputs: inputs, targets: targets)
        guard let head else { preconditionFailure("maskedLoss: the model has no head") }
        return head.transformed(x).linearCrossEntropy(
            weight: head.output.weight(), bias: head.output.bias?(), targets: chosen, labelSmoothing: labelSmoothing)
    }

    /// How many of the hidden tokens are the most probable ones of their places.
    public func maskedHits(inputs: Tensor, targets: Tensor) -> Int {
        let (x, chosen) = maskedStates(inputs: inputs, targets: targets)
        guard let head else { preconditionFailure("maskedHits: the model has no head") }
        return zip(head(x).argumentOfMaximum().int32s(), chosen.int32s()).count { $0 == $1 }
    }

    /// Hidden states [M, D] of the tokens to be found, and what they are, [M].
    private func maskedStates(inputs: Tensor, targets: Tensor) -> (Tensor, Tensor) {
        precondition(
            inputs.shape == targets.shape && head?.form.kind == .maskedLanguageModel,
            "masked tokens: inputs \(inputs.shape), targets \(targets.shape), head \(head?.form.kind.rawValue ?? "none")")
        let all = targets.int32s(), places = all.indices.filter { all[$0] >= 0 }
        let hidden = body.hidden(.ids(inputs)).reshaped([-1, body.hiddenSize])
        return (hidden.rows(Tensor(places.map(Int32.init))), Tensor(places.map { all[$0] }))
    }
}
