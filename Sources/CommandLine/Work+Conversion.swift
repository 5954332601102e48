import SequiturConsole
import SequiturFiles
import SequiturModels
import SequiturTasks
import SequiturText
import SequiturTraining

extension LibraryWork {
    func convert(_ command: Convert) throws -> Summary {
        let tokenizer = try TokenizerFile.read(command.tokenizer)
        let reader = RecurrentImport(
            cell: command.cell, layout: command.layout == .stacked ? .stacked : .concatenated(command.columns),
            updateGate: command.updateGate, tiesEmbeddings: command.tieEmbeddings)
        let model = try reader.read(command.file)
        guard model.vocabularySize == tokenizer.vocabularySize else {
            throw ConfigurationError(
                reason:
                    "\(command.file) has \(model.vocabularySize) tokens, but \(command.tokenizer) has \(tokenizer.vocabularySize): give the tokenizer that the model was trained with"
            )
        }
        let folder = try RunFolder(reserving: command.output)
        try withExtendedLifetime(folder) {
            try TrainedLanguageModel(model: .recurrent(model), tokenizer: tokenizer).write(to: folder.path)
        }
        return try describe(command.output)
    }
}
