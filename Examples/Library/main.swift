import SequiturTasks

var settings = LanguageModelingSettings(data: ["Samples/tales.txt"], output: "runs/library")
settings.overwrite = true
settings.training.epochs = 2
let result = try LanguageModeling(settings).train()  // trains, and saves the best weights
print("validation perplexity", result.validation?.perplexity ?? .nan)

let model = try TrainedLanguageModel(folder: "runs/library")  // loads them again
print(try model.generate("Marta looked at the river and").text)
