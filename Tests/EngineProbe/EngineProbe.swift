import Foundation

/// Measures the engine in a process of its own, where nothing else allocates, starts threads or has chosen an instruction set.
///
///     SequiturEngineProbe results THREADS    the bytes of many results, to be compared between instruction sets and thread counts
///     SequiturEngineProbe callers COUNT      OS threads under that many concurrent callers of `Engine.run`
///     SequiturEngineProbe team THREADS       which OS threads a team has, before and after small and large loops
///     SequiturEngineProbe attention          the most memory that attention holds at growing lengths
///     SequiturEngineProbe step               memory and heap allocations of a training step in its steady state
@main struct EngineProbe {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        let number = arguments.dropFirst().first.flatMap { Int($0) } ?? 0
        switch arguments.first {
        case "results": Results.write(threads: number)
        case "callers": Threads.underCallers(number)
        case "team": Threads.ofTeam(number)
        case "attention": AttentionMemory.measure()
        case "step": TrainingStep.measure()
        default:
            FileHandle.standardError.write(
                Data("results THREADS, callers COUNT, team THREADS, attention or step expected\n".utf8))
            exit(2)
        }
    }
}
