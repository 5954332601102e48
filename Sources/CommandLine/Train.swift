import ArgumentParser
import SequiturConsole

struct Train: ChoosingCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a model for a task.",
        discussion: """
            The task may stand in the recipe (task: language-modeling) instead of after the verb.

            Examples:
              sequitur train masked-language-modeling --data corpus/ --output encoder
              sequitur train language-modeling --data book.txt --output run
              sequitur train --recipe Recipes/tinyshakespeare-character.yaml \\
                  --data input.txt --output run
            """,
        subcommands: [
            TrainLanguageModeling.self, TrainMaskedLanguageModeling.self, TrainTagging.self, TrainClassification.self,
            TrainMatching.self, TrainRelationExtraction.self,
            TrainQuestionAnswering.self,
        ]
    )

    static let choiceKey = "task"
}
