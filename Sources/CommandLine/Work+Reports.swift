import SequiturConsole
import SequiturReports
import SequiturTasks
import SequiturTraining

extension LibraryWork {
    func report(_ command: Report) throws -> Summary {
        let folder = try RunFolder(opening: command.run), path = command.output ?? folder.path(of: .report)
        try RunReport(run: folder).write(to: path)
        var summary = Summary()
        summary.add("report", .string(path), "report")
        return summary
    }
}
