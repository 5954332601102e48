import SequiturTensors

/// The parameters of a model in a fixed order, and where the gradient of each lies in one flat buffer.
public final class ParameterList: Sendable {
    public struct Entry: Sendable {
        /// The path of properties from the root of the model, which is the key in a checkpoint.
        public let name: String
        public let parameter: Parameter
        /// Where its gradient begins in the flat buffer, in elements; nil where it is not trainable.
        package let offset: Int?
    }

    public let entries: [Entry]
    /// Elements of all trainable parameters.
    public let trainableCount: Int
    package let leaves: [(offset: Int, shape: [Int])]
    package let identities: [ObjectIdentifier: Int]

    package init(_ named: [(String, Parameter)]) {
        var entries: [Entry] = [], leaves: [(offset: Int, shape: [Int])] = [], identities: [ObjectIdentifier: Int] = [:],
            offset = 0
        for (name, parameter) in named {
            guard parameter.isTrainable else {
                entries.append(Entry(name: name, parameter: parameter, offset: nil))
                continue
            }
            entries.append(Entry(name: name, parameter: parameter, offset: offset))
            identities[ObjectIdentifier(parameter)] = leaves.count
            leaves.append((offset, parameter.shape))
            offset += (parameter.count + 15) / 16 * 16  // every gradient begins on a cache line
        }
        self.entries = entries
        self.leaves = leaves
        self.identities = identities
        trainableCount = entries.filter { $0.offset != nil }.map(\.parameter.count).reduce(0, +)
        flatCount = offset
    }

    /// Elements of the flat buffer, the gaps between parameters included.
    package let flatCount: Int

    /// Elements of all parameters.
    public var count: Int { entries.map(\.parameter.count).reduce(0, +) }

    public subscript(_ name: String) -> Parameter? { entries.first { $0.name == name }?.parameter }

    package func offset(of parameter: Parameter) -> Int? {
        identities[ObjectIdentifier(parameter)].map { leaves[$0].offset }
    }
}
