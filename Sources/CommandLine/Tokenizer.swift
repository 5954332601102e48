import ArgumentParser

struct Tokenizer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer",
        abstract: "Train a tokenizer, turn text into token ids and back.",
        discussion: """
            Examples:
              sequitur tokenizer train --data book.txt --output tokenizer.json
              sequitur tokenizer encode tokenizer.json book.txt > ids.txt
              sequitur tokenizer decode tokenizer.json ids.txt
              sequitur tokenizer info bert/tokenizer.json
            """,
        subcommands: [TokenizerTrain.self, TokenizerEncode.self, TokenizerDecode.self, TokenizerInfo.self]
    )
}
