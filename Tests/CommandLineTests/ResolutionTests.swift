import ArgumentParser
import SequiturConsole
import SequiturFiles
import Testing

@Suite struct ResolutionTests {
    @Test func eachSourceOverrulesTheWeakerOnes() throws {
        try withRecipe("servings: 6\n") { path throws in
            let variable = ["SEQUITUR_SERVINGS": "7"]
            let recipe = ["--recipe", path]
            #expect(try cookSoup([]).soup.servings == 4)
            #expect(try cookSoup(recipe).soup.servings == 6)
            #expect(try cookSoup(recipe, environment: variable).soup.servings == 7)
            #expect(try cookSoup(recipe + ["--servings", "8"], environment: variable).soup.servings == 8)
            #expect(try cookSoup(["--servings=8"] + recipe, environment: variable).soup.servings == 8)
            #expect(try cookSoup([], environment: variable).soup.servings == 7)
        }
    }

    @Test func originsAreToldWithTheValues() throws {
        try withRecipe("servings: 6\nhot: false\nsalt-grams: 1\n") { path throws in
            let settings = try cookSoup(["--recipe", path, "--hot"], environment: ["SEQUITUR_SALT_GRAMS": "3"]).settings
            let origins = Dictionary(uniqueKeysWithValues: settings.entries.map { ($0.key, $0.origin) })
            #expect(origins["pot"] == .flag)
            #expect(origins["hot"] == .flag)
            #expect(origins["servings"] == .recipe(path: path, line: 1))
            #expect(origins["salt-grams"] == .environment(variable: "SEQUITUR_SALT_GRAMS"))
            #expect(origins["herb"] == .standard)
            #expect(settings.json["servings"] == ["value": 6, "origin": .string("\(path):1")])
            #expect(settings.values["salt-grams"] == .number(3))
        }
    }

    @Test func aStrongerListReplacesTheWeakerOne() throws {
        try withRecipe("vegetables: [leek, potato]\n") { path throws in
            #expect(try cookSoup([]).soup.vegetables == ["carrot"])
            #expect(try cookSoup(["--recipe", path]).soup.vegetables == ["leek", "potato"])
            #expect(try cookSoup(["--recipe", path, "--vegetables", "pea"]).soup.vegetables == ["pea"])
            let variable = ["SEQUITUR_VEGETABLES": "[bean, 'green pea']"]
            #expect(try cookSoup(["--recipe", path], environment: variable).soup.vegetables == ["bean", "green pea"])
            #expect(try cookSoup([], environment: ["SEQUITUR_VEGETABLES": "bean"]).soup.vegetables == ["bean"])
            #expect(
                try cookSoup(["--vegetables", "a", "b", "--recipe", path, "--vegetables", "c"], environment: variable).soup
                    .vegetables
                    == ["a", "b", "c"])
        }
    }

    @Test func aFlagTakesBackWhatARecipeOrAVariableSets() throws {
        try withRecipe("hot: false\n") { path throws in
            #expect(try cookSoup(["--recipe", path]).soup.hot == false)
            #expect(try cookSoup(["--recipe", path, "--hot"]).soup.hot)
            #expect(try cookSoup(["--recipe", path], environment: ["SEQUITUR_HOT": "1"]).soup.hot)
            #expect(try cookSoup(["--no-hot"], environment: ["SEQUITUR_HOT": "yes"]).soup.hot == false)
        }
    }

    @Test func valuesMayLookLikeFlagsAndHoldAnything() throws {
        try withRecipe("title: '--servings=9 = ä\\n'\n") { path throws in
            let soup = try cookSoup(["--recipe", path]).soup
            #expect(soup.title == "--servings=9 = ä\\n" && soup.servings == 4)
            #expect(try cookSoup(["--title", "- dash"]).soup.title == "- dash")
            #expect(try cookSoup(["--title", "--hot", "--no-hot"]).soup.title == "--hot")
        }
    }

    @Test func anEmptyVariableSetsNothing() throws {
        #expect(try cookSoup([], environment: ["SEQUITUR_SERVINGS": ""]).soup.servings == 4)
    }

    @Test func theRecipeMayBeNamedByAVariableAndChooseTheCommand() throws {
        try withRecipe("dish: soup\nservings: 3\n") { path throws in
            let resolution = try Resolution(
                root: Sample.self, arguments: ["cook", "--recipe", path, "--no-hot", "kettle"], environment: [:])
            let soup = try #require(try Sample.parseAsRoot(resolution.arguments) as? Soup)
            #expect(resolution.commandPath == ["cook", "soup"] && soup.servings == 3 && !soup.hot)
            #expect(try cookSoup([], environment: ["SEQUITUR_RECIPE": path]).soup.servings == 3)
        }
        let chosen = try Resolution(root: Sample.self, arguments: ["cook"], environment: ["SEQUITUR_DISH": "bread"])
        #expect(chosen.commandPath == ["cook", "bread"])
    }

    @Test func unknownNamesAreAnsweredWithTheNearest() throws {
        #expect(refusal(["--servigns", "3"]) == "unknown flag '--servigns'; did you mean '--servings'?")
        #expect(refusal(["--no-hto"]) == "unknown flag '--no-hto'; did you mean '--hot'?")
        #expect(
            refusal(["--herb", "parsley"])
                == "--herb must be one of none, basil, flat-parsley, not 'parsley'; did you mean 'flat-parsley'?")
        #expect(
            refusal([], environment: ["SEQUITUR_SERVING": "3"])
                == "unknown environment variable SEQUITUR_SERVING; did you mean SEQUITUR_SERVINGS?")
        try withRecipe("hot: true\nsalt_grams: 3\n") { path throws in
            #expect(refusal(["--recipe", path]) == "\(path):2: unknown key 'salt_grams'; did you mean 'salt-grams'?")
        }
        #expect(throws: UsageError("unknown dish 'supo'; did you mean 'soup'? (soup, bread)")) {
            try Resolution(root: Sample.self, arguments: ["cook", "supo"])
        }
        #expect(throws: UsageError("unknown command 'wahs'; did you mean 'wash'? (cook, wash)")) {
            try Resolution(root: Sample.self, arguments: ["wahs"])
        }
        #expect(throws: UsageError("unknown dish 'bred'; did you mean 'bread'? (soup, bread)")) {
            try Resolution(root: Sample.self, arguments: ["cook"], environment: ["SEQUITUR_DISH": "bred"])
        }
    }

    @Test func variablesOfOtherCommandsAndOfTheLibraryAreLeftAlone() throws {
        let environment = ["SEQUITUR_PLATES": "9", "SEQUITUR_RISES": "3", "SEQUITUR_DISH": "soup", "SEQUITUR_MAX_ISA": "avx2"]
        #expect(try cookSoup([], environment: environment).soup.servings == 4)
    }

    @Test func positionalArgumentsAreNoKeys() throws {
        #expect(refusal([], environment: ["SEQUITUR_POT": "x"])?.hasPrefix("unknown environment variable SEQUITUR_POT;") == true)
        try withRecipe("pot: x\n") { path throws in
            #expect(refusal(["--recipe", path])?.hasPrefix("\(path):1: unknown key 'pot';") == true)
        }
        try withRecipe("recipe: x\n") { path throws in
            #expect(refusal(["--recipe", path])?.hasPrefix("\(path):1: unknown key 'recipe';") == true)
        }
    }

    @Test func wrongTypesAreRefusedWhereTheyStand() throws {
        #expect(refusal(["--servings", "two"]) == "--servings must be a whole number, not 'two'")
        #expect(refusal(["--salt-grams=much"]) == "--salt-grams must be a number, not 'much'")
        #expect(refusal([], environment: ["SEQUITUR_SERVINGS": "1.5"]) == "SEQUITUR_SERVINGS must be a whole number, not '1.5'")
        #expect(refusal([], environment: ["SEQUITUR_HOT": "warm"]) == "SEQUITUR_HOT must be true or false, not 'warm'")
    }

    @Test func limitsAreToldWithTheOriginOfTheValue() throws {
        #expect(refusal(["--salt-grams=-1"]) == "--salt-grams must be at least 0 and finite, not -1.0")
        #expect(refusal(["--salt-grams=nan"]) == "--salt-grams must be at least 0 and finite, not nan")
        #expect(
            refusal([], environment: ["SEQUITUR_SALT_GRAMS": "inf"])
                == "SEQUITUR_SALT_GRAMS must be at least 0 and finite, not inf")
        try withRecipe("herb: basil\n\nsprigs: 0\n") { path throws in
            #expect(refusal(["--recipe", path]) == "\(path):3: sprigs must be at least 1, not 0")
        }
    }

    @Test func aSettingThatDoesNothingIsRefusedUnlessItWasOverruled() throws {
        #expect(refusal(["--sprigs", "2"]) == "--sprigs does nothing with herb none; remove it")
        try withRecipe("herb: basil\nsprigs: 2\n") { path throws in
            #expect(try cookSoup(["--recipe", path]).soup.seasoning.sprigs == 2)
            let overruled = try cookSoup(["--recipe", path, "--herb", "none"]).settings
            #expect(!overruled.entries.contains { $0.key == "sprigs" })
        }
        try withRecipe("sprigs: 2\n") { path throws in
            #expect(refusal(["--recipe", path]) == "\(path):1: sprigs does nothing with herb none; remove it")
        }
        #expect(refusal([], environment: ["SEQUITUR_SPRIGS": "2"]) == nil)
    }

    @Test func helpNeedsNoValidSettings() throws {
        let calls = [
            ["cook", "soup", "--layers", "--help"], ["--help"], ["cook", "-h"], ["help", "cook"], ["--version"],
            ["cook", "soup", "pot", "--servings", "two", "-h"],
        ]
        for call in calls {
            let resolution = try Resolution(root: Sample.self, arguments: call, environment: ["SEQUITUR_NOTHING": "1"])
            #expect(resolution.asksForHelp && resolution.arguments == call, "\(call)")
        }
        let value = try Resolution(root: Sample.self, arguments: ["cook", "soup", "pot", "--title", "--help"])
        #expect(!value.asksForHelp)
    }

    @Test func theCommandComesFirst() throws {
        #expect(throws: UsageError("name the dish first: soup, bread")) {
            try Resolution(root: Sample.self, arguments: ["cook", "--servings", "3"])
        }
        #expect(throws: UsageError("name the command first: cook, wash")) {
            try Resolution(root: Sample.self, arguments: ["--servings", "3"])
        }
        #expect(try Resolution(root: Sample.self, arguments: ["cook"]).commandPath == ["cook"])
    }

    @Test func theSettingsPrintedAreARecipeThatGivesThemAgain() throws {
        let arguments = [
            "--vegetables", "a b", "#c", "--title", "say: \"ä\"\n- x", "--servings=7", "--no-hot", "--herb", "basil",
        ]
        let first = try cookSoup(arguments).settings
        try withRecipe(first.recipe) { path throws in
            let second = try cookSoup(["--recipe", path]).settings
            let keys = first.entries.map(\.key).filter { $0 != "recipe" }
            #expect(keys.map { second.values[$0] } == keys.map { first.values[$0] })
            #expect(first.recipe.contains("servings: 7"))
            #expect(second.entries.first { $0.key == "herb" }?.origin != .standard)
        }
    }
}
