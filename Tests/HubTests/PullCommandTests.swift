#if Hub
    import Foundation
    import Testing

    /// The built `sequitur pull`, as users run it.
    @Suite struct PullCommandTests {
        private struct Outcome: Sendable {
            let status: Int32
            let output: String
            let errors: String
        }

        /// - Parameter interrupts: whether it is time for Ctrl-C; asked every few milliseconds.
        private func run(
            _ arguments: [String], _ environment: [String: String], interrupts: @escaping @Sendable () -> Bool = { false }
        ) async throws -> Outcome {
            try await onThread {
                let process = Process(), output = Pipe(), errors = Pipe()
                process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
                    .deletingLastPathComponent().appendingPathComponent("sequitur")
                process.arguments = arguments
                process.environment = environment
                process.standardOutput = output
                process.standardError = errors
                // A new process blocks what its maker's thread blocks, and those that run tests block signals.
                var signals = sigset_t()
                sigemptyset(&signals)
                sigaddset(&signals, SIGINT)
                pthread_sigmask(SIG_UNBLOCK, &signals, nil)
                try process.run()
                while process.isRunning, !interrupts() { Thread.sleep(forTimeInterval: 0.005) }
                if process.isRunning { kill(process.processIdentifier, SIGINT) }
                process.waitUntilExit()
                func text(_ pipe: Pipe) throws -> String {
                    String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
                }
                return Outcome(status: process.terminationStatus, output: try text(output), errors: try text(errors))
            }
        }

        @Test func itPrintsTheFolderAndNothingElse() async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub(token: "hf_x")
                var environment = ["HF_HOME": folder, "HF_ENDPOINT": stub.hub.origin + "/", "HF_TOKEN": "hf_x"]
                let path = "\(folder)/hub/models--org--model/snapshots/\(stub.model.commit)"
                let first = try await run(["pull", "org/model"], environment)
                #expect(first.status == 0 && first.output == path + "\n", "\(first)")
                #expect(first.errors.contains("pulling org/model: 100%") && first.errors.contains("files 4/4"), "\(first.errors)")

                environment["HF_HUB_OFFLINE"] = "1"
                let second = try await run(["pull", "org/model"], environment)
                #expect(second.output == path + "\n" && second.errors.isEmpty, "\(second)")
                let info = try await run(["info", "org/other"], environment)
                #expect(info.status == 1 && info.errors.contains("org/other is not in the cache"), "\(info)")
            }
        }

        @Test func itTellsProgramsWhatItDid() async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub()
                let outcome = try await run(
                    ["pull", "org/model@v1.0", "--include", "*.json", "--exclude", "tok*", "--json"],
                    ["HF_HUB_CACHE": folder, "HF_ENDPOINT": stub.hub.origin])
                #expect(
                    outcome.output
                        == #"{"model":"org/model","revision":"v1.0","commit":"\#(stub.model.commit)","folder":"\#(folder)"#
                        + #"/models--org--model/snapshots/\#(stub.model.commit)","files":["config.json","1_Pooling/config.json"],"#
                        + #""downloaded_files":2,"downloaded_bytes":24}"# + "\n", "\(outcome)")
            }
        }

        @Test func errorsAreOneLine() async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub(token: "hf_x")
                let environment = ["HF_HOME": folder, "HF_ENDPOINT": stub.hub.origin]
                let refused = try await run(["pull", "org/model"], environment)
                #expect(
                    refused.status == 1 && refused.output.isEmpty
                        && refused.errors
                            == "sequitur: the hub does not give org/model to everyone (status 401): it is gated, private "
                            + "or misspelt; check the name, or set HF_TOKEN to a token that may read it\n",
                    "\(refused)")
                let misused = try await run(["pull", "../model"], environment)
                #expect(
                    misused.status == 2 && misused.errors.hasPrefix("sequitur: '../model' is no name of a model;"), "\(misused)")
            }
        }

        @Test func interruptedItKeepsWhatIsWholeAndGoesOn() async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub { request in
                    guard request.path.hasPrefix("/storage/"), request.repetition == 0 else { return nil }
                    return StubResponse(body: [UInt8](repeating: 0, count: 300_000), cut: 1000, silence: 2)
                }
                let environment = ["HF_HOME": folder, "HF_ENDPOINT": stub.hub.origin]
                let interrupted = try await run(["pull", "org/model"], environment) {
                    // All small files have come.
                    let blobs = tree(folder + "/hub/models--org--model/blobs").filter { !$0.hasSuffix(".incomplete") }
                    return !stub.storage.requests.isEmpty && blobs.count == 3
                }
                #expect(interrupted.status == 130 && interrupted.errors.contains("org/model is not complete"), "\(interrupted)")
                #expect(!tree(folder).contains { $0.contains("incomplete") || $0.contains("snapshots") }, "\(tree(folder))")
                let finished = try await run(["pull", "org/model", "--json"], environment)
                #expect(finished.status == 0 && finished.output.contains(#""downloaded_files":1"#), "\(finished)")
            }
        }

        @Test func twoProcessesDownloadAtOnce() async throws {
            try await withTemporaryFolder { folder in
                let stub = try StubHub()
                let environment = ["HF_HOME": folder, "HF_ENDPOINT": stub.hub.origin]
                async let first = run(["pull", "org/model"], environment)
                async let second = run(["pull", "org/model"], environment)
                let outcomes = try await [first, second]
                #expect(outcomes.allSatisfy { $0.status == 0 } && outcomes[0].output == outcomes[1].output, "\(outcomes)")
                #expect(tree(folder + "/hub").count == 10)
            }
        }
    }
#endif
