// swift-tools-version: 6.1
import PackageDescription

// Every target carries the package's name, so that a package that owns a target called `Models` can stand beside ours;
// every folder is short. Arrows run one way only (see ARCHITECTURE.md).
func sequitur(_ folder: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: "Sequitur\(folder)", dependencies: dependencies, path: "Sources/\(folder)")
}

func tests(of folder: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "Sequitur\(folder)Tests", dependencies: [.target(name: "Sequitur\(folder)")] + dependencies,
        path: "Tests/\(folder)Tests", exclude: exclude)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "sequitur",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "sequitur", targets: ["sequitur"]),
        .library(
            name: "Sequitur",
            targets: [
                "SequiturFiles", "SequiturText", "SequiturTensors", "SequiturLayers", "SequiturDatasets", "SequiturModels",
                "SequiturGeneration", "SequiturTraining", "SequiturReports", "SequiturTasks",
            ]),
        .library(name: "SequiturHub", targets: ["SequiturHub"]),
    ],
    traits: [
        .trait(name: "Oniguruma", description: "Tokenizers with any regular expression; needs libonig-dev."),
        .trait(name: "Hub", description: "Models are downloaded from the Hugging Face hub."),
        .default(enabledTraits: ["Hub", "Oniguruma"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
    ],
    targets: [
        .systemLibrary(name: "CSequiturOneDNN", path: "Sources/COneDNN", providers: [.apt(["libdnnl-dev"]), .brew(["onednn"])]),
        .target(
            name: "CSequiturKernels", dependencies: ["CSequiturOneDNN"], path: "Sources/CKernels",
            linkerSettings: [
                .linkedLibrary("dnnl"), .linkedLibrary("gomp", .when(platforms: [.linux])),
                .linkedLibrary("m", .when(platforms: [.linux])),
            ]),
        sequitur("Files"),
        .systemLibrary(
            name: "CSequiturOniguruma", path: "Sources/COniguruma", providers: [.apt(["libonig-dev"]), .brew(["oniguruma"])]),
        sequitur("Text", ["SequiturFiles", .target(name: "CSequiturOniguruma", condition: .when(traits: ["Oniguruma"]))]),
        sequitur("Datasets", ["SequiturText", "SequiturFiles"]),
        sequitur("Tensors", ["CSequiturKernels"]),
        sequitur("Layers", ["SequiturTensors", "SequiturText", "CSequiturKernels"]),
        sequitur("Models", ["SequiturLayers", "SequiturTensors", "SequiturText", "SequiturFiles"]),
        sequitur("Generation", ["SequiturModels", "SequiturLayers", "SequiturText", "SequiturTensors", "SequiturFiles"]),
        sequitur(
            "Training",
            ["SequiturLayers", "SequiturTensors", "SequiturModels", "SequiturText", "SequiturFiles", "CSequiturKernels"]),
        sequitur("Reports", ["SequiturFiles", .product(name: "Mustache", package: "swift-mustache")]),
        sequitur(
            "Tasks",
            [
                "SequiturGeneration", "SequiturTraining", "SequiturDatasets", "SequiturModels", "SequiturLayers", "SequiturText",
                "SequiturTensors", "SequiturFiles", "SequiturReports",
            ]),
        sequitur(
            "Hub",
            [
                "SequiturFiles",
                .product(name: "AsyncHTTPClient", package: "async-http-client", condition: .when(traits: ["Hub"])),
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["Hub"])),
                .product(name: "NIOHTTP1", package: "swift-nio", condition: .when(traits: ["Hub"])),
                .product(name: "NIOPosix", package: "swift-nio", condition: .when(traits: ["Hub"])),
            ]),
        sequitur("Console", ["SequiturFiles", "Yams", argumentParser]),
        .executableTarget(
            name: "sequitur",
            dependencies: [
                "SequiturConsole", "SequiturFiles", "SequiturReports", "SequiturTasks", "SequiturHub", argumentParser,
            ],
            path: "Sources/CommandLine"),
        // For tests alone.
        sequitur("TestSupport", ["SequiturTensors", "SequiturLayers", "SequiturModels", "SequiturFiles"]),
        .target(name: "CSequiturAllocationCounter", path: "Tests/CAllocationCounter"),
        .executableTarget(
            name: "SequiturEngineProbe",
            dependencies: ["SequiturTensors", "SequiturLayers", "CSequiturKernels", "CSequiturAllocationCounter"],
            path: "Tests/EngineProbe"),
        // The program that the README shows.
        .executableTarget(name: "SequiturLibraryExample", dependencies: ["SequiturTasks"], path: "Examples/Library"),
        tests(of: "Files"),
        tests(of: "Text", ["SequiturFiles"], exclude: ["Fixtures"]),
        tests(of: "Datasets", ["SequiturText", "SequiturFiles"]),
        tests(of: "Tensors", ["SequiturTestSupport", "CSequiturKernels", "SequiturLayers", "SequiturEngineProbe"]),
        tests(
            of: "Layers",
            [
                "SequiturTestSupport", "SequiturTensors", "SequiturText", "SequiturFiles", "CSequiturKernels",
                "SequiturEngineProbe",
            ]),
        tests(of: "Hub", ["SequiturFiles", "sequitur"]),
        tests(of: "Models", ["SequiturTensors", "SequiturLayers", "SequiturFiles"], exclude: ["Fixtures"]),
        tests(
            of: "Generation", ["SequiturModels", "SequiturLayers", "SequiturText", "SequiturTensors", "SequiturFiles"],
            exclude: ["Fixtures"]),
        tests(
            of: "Training",
            [
                "SequiturTestSupport", "SequiturLayers", "SequiturTensors", "SequiturModels", "SequiturFiles", "SequiturDatasets",
                "SequiturText",
            ]),
        tests(
            of: "Tasks",
            [
                "SequiturTraining", "SequiturGeneration", "SequiturModels", "SequiturLayers", "SequiturText", "SequiturTensors",
                "SequiturFiles", "SequiturDatasets", "SequiturLibraryExample",
            ]),
        tests(of: "Reports", ["SequiturFiles"]),
        .testTarget(
            name: "SequiturCommandLineTests", dependencies: ["SequiturConsole", "SequiturFiles", "sequitur", argumentParser],
            path: "Tests/CommandLineTests"),
    ]
)

// The fuzz targets are built with libFuzzer, which `make fuzz` asks for; nothing else builds them.
if Context.environment["SEQUITUR_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "SequiturFuzz",
            dependencies: [
                "SequiturModels", "SequiturLayers", "SequiturTensors", "SequiturDatasets", "SequiturText", "SequiturHub",
                "SequiturFiles",
            ],
            path: "Fuzz/Targets"))
}
