import SequiturFiles
import SequiturModels
import SequiturTensors

/// A model of n-grams that was accepted answers everything.
private func check(_ model: NGramModel) throws {
    let size = Int32(model.vocabularySize)
    var failure: (any Error)?
    for context in [[], [0], [size - 1, 0], [0, 0, 0, size / 2]] as [[Int32]] {
        do {
            let all = try model.logProbabilities(context: context)
            precondition(all.count == model.vocabularySize)
            _ = try model.logProbability(of: size - 1, context: context)
            _ = try model.logProbability(ofSentence: context)
        } catch { failure = error }
    }
    precondition(model.vocabulary.count == model.vocabularySize)
    if let failure { throw failure }
}

/// ARPA text. A model that was read can be written in its binary form, and is read back from it.
func fuzzARPA(_ bytes: UnsafeRawBufferPointer) throws {
    enum Place { static let folder = FuzzFolder("arpa") }
    Place.folder.put(bytes, as: "model.arpa")
    let model = try NGramModel(arpa: Place.folder.path + "/model.arpa")
    let copy = try? NGramModel(binary: model.binary, name: "binary")
    precondition(copy != nil, "the binary form is refused")
    try check(model)
}

/// The binary form of a model of n-grams.
func fuzzNGram(_ bytes: UnsafeRawBufferPointer) throws {
    let model = try NGramModel(binary: Array(bytes), name: "binary")
    try check(model)
    _ = try model.arpaText()
}

/// config.json of a hidden Markov model beside counts.
func fuzzHiddenMarkov(_ bytes: UnsafeRawBufferPointer) throws {
    enum Place {
        static let folder: FuzzFolder = {
            let folder = FuzzFolder("hidden-markov")
            do {
                let words = ["the", "keeper", "lit", "the", "lamp"], tags = ["D", "N", "V", "D", "N"]
                try HiddenMarkovModel(estimatedFrom: [.init(words: words, tags: tags)]).write(toFolder: folder.path)
            } catch { fatalError("\(error)") }
            return folder
        }()
    }
    Place.folder.put(bytes, as: "config.json")
    let model = try HiddenMarkovModel(folder: Place.folder.path)
    _ = model.tags(of: [["the", "Lamp", "\u{65E5}1-x"], []])
}
