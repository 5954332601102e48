import SequiturConsole
import SequiturFiles
import Testing

@Suite struct RecipeTests {
    /// What is wrong, the line that the message names, and a part of the message.
    static let malformed: [(yaml: String, line: Int, problem: String)] = [
        ("servings: 1\nhot: true\nservings: 2\n", 3, "'servings' was already given on line 1"),
        ("servings: 1\n# servings\n'servings' : 2\n", 3, "'servings' was already given on line 1"),
        ("servings:\n  small: 2\n", 1, "servings: expected a value or a list; a recipe has no nested keys"),
        ("servings: {small: 2}\n", 1, "servings: expected a value or a list"),
        ("hot: true\nvegetables:\n  - [a]\n", 3, "vegetables: a list holds single values"),
        ("hot: yes\n", 1, "hot must be true or false, not 'yes'"),
        ("hot: 'true'\n", 1, "hot must be true or false"),
        ("hot: 1\n", 1, "hot must be true or false"),
        ("\n\nservings: many\n", 3, "servings must be a whole number, not 'many'"),
        ("servings: 1.0\n", 1, "servings must be a whole number, not '1.0'"),
        ("servings: 99999999999999999999\n", 1, "servings must be a whole number"),
        ("servings: '3'\n", 1, "servings must be a whole number, not text; remove the quotation marks"),
        ("servings: [1, 2]\n", 1, "servings must be a whole number, not a list"),
        ("servings:\n", 1, "servings has no value"),
        ("title: ~\n", 1, "title has no value"),
        ("title: !secret x\n", 1, "title: remove the tag '!secret'"),
        ("vegetables: []\n", 1, "vegetables is an empty list"),
        ("vegetables: [a, null]\n", 1, "vegetables has no value"),
        ("herb: basli\n", 1, "did you mean 'basil'?"),
        ("- servings\n- hot\n", 1, "a recipe is a list of 'key: value' lines"),
        ("servings 3\n", 1, "a recipe is a list of 'key: value' lines"),
        ("hot: true\n---\nhot: false\n", 2, "not valid YAML"),
        ("hot: true\n\tservings: 3\n", 2, "not valid YAML"),
        ("title: \"open\n", 2, "not valid YAML"),
        ("[a]: 3\n", 1, "a key must be a plain word"),
        ("hot: true\ntitle: a\u{1}b\n", 2, "not valid YAML"),
        ("? *a\n: 3\n", 1, "not valid YAML"),
    ]

    @Test(arguments: malformed)
    func malformedRecipesAreRefusedWithTheirLine(_ sample: (yaml: String, line: Int, problem: String)) throws {
        try withRecipe(sample.yaml) { path throws in
            let message = try #require(refusal(["--recipe", path]))
            #expect(message.hasPrefix("\(path):\(sample.line): "), "\(message)")
            #expect(message.contains(sample.problem), "\(message)")
            #expect(!message.contains("\n"))
        }
    }

    @Test func commentsQuotesBlocksAndEmptyRecipesAreRead() throws {
        let yaml = """
            # Sunday
            title: "a # b: c"   # for all
            vegetables:
              - 'it''s'
              - plain words
              - "1"
            servings: 12
            salt-grams: 1e-1
            hot: False
            """
        try withRecipe(yaml) { path throws in
            let soup = try cookSoup(["--recipe", path]).soup
            #expect(soup.title == "a # b: c" && soup.vegetables == ["it's", "plain words", "1"])
            #expect(soup.servings == 12 && soup.seasoning.saltGrams == 0.1 && !soup.hot)
        }
        for empty in ["", "\n", "# nothing\n", "---\n", "servings: 4"] {
            try withRecipe(empty) { path throws in #expect(try cookSoup(["--recipe", path]).soup.servings == 4) }
        }
    }

    @Test func aRecipeOfAnotherTaskIsRefusedByItsKeys() throws {
        try withRecipe("dish: bread\nrises: 3\n") { path throws in
            #expect(refusal(["--recipe", path])?.hasPrefix("\(path):2: unknown key 'rises'") == true)
        }
    }

    @Test func filesThatAreNoRecipesAreRefused() throws {
        #expect(throws: FileError.self) { try cookSoup(["--recipe", "/nowhere/recipe.yaml"]) }
        try withTemporaryFolder { folder throws in
            let path = folder + "/recipe.yaml"
            try AtomicFile.write([0x61, 0x3A, 0x20, 0xFF, 0x0A], to: path)
            let error = #expect(throws: FileError.self) { try cookSoup(["--recipe", path]) }
            #expect(error?.description.contains("byte 3") == true)
            try AtomicFile.write([UInt8](repeating: 0x23, count: (1 << 20) + 1), to: path)
            #expect(refusal(["--recipe", path])?.contains("a recipe has at most 1048576") == true)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aliasesThatGrowExponentiallyAreRefusedAtOnce() throws {
        var yaml = "a0: &a0 [x, x]\n"
        for level in 1...40 { yaml += "? &a\(level) [*a\(level - 1), *a\(level - 1)]\n: 1\n" }
        try withRecipe(yaml) { path throws in
            #expect(refusal(["--recipe", path])?.contains("a recipe has no aliases") == true)
        }
        let nested = String(repeating: "[", count: 100_000)
        try withRecipe("title: \(nested)") { path throws in
            #expect(refusal(["--recipe", path])?.contains("not valid YAML") == true)
        }
    }
}
