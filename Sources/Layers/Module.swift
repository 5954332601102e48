import SequiturTensors

/// A part of a model: a final class whose stored properties are parameters, modules, and arrays or optionals of them.
///
/// The path of properties from the root is the parameter's key in a checkpoint: `recurrent.layers.0.inputWeight`.
public protocol Module: AnyObject {}

extension Module {
    /// All parameters with their paths, in the order of declaration; a shared parameter appears once, under its first path.
    ///
    /// The walk reads the whole tree by reflection (about a millisecond for a few hundred parameters): keep its result.
    public func parameters() -> ParameterList {
        var found: [(String, Parameter)] = [], seen: Set<ObjectIdentifier> = []
        collectParameters(of: self, at: "", into: &found, seen: &seen)
        return ParameterList(found)
    }
}

private func collectParameters(
    of value: Any, at path: String, into found: inout [(String, Parameter)], seen: inout Set<ObjectIdentifier>
) {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .class, .optional, .collection: break
    default: return
    }
    for (index, child) in mirror.children.enumerated() {
        let isWrapped = mirror.displayStyle == .optional
        let name = mirror.displayStyle == .collection ? "\(index)" : child.label ?? "\(index)"
        let childPath = isWrapped ? path : path.isEmpty ? name : "\(path).\(name)"
        if let parameter = child.value as? Parameter {
            if seen.insert(ObjectIdentifier(parameter)).inserted { found.append((childPath, parameter)) }
        } else if child.value is any Module || isContainer(child.value) {
            collectParameters(of: child.value, at: childPath, into: &found, seen: &seen)
        }
    }
}

private func isContainer(_ value: Any) -> Bool {
    switch Mirror(reflecting: value).displayStyle {
    case .optional, .collection: true
    default: false
    }
}
