import SequiturConsole
import SequiturFiles
import SequiturReports
import SequiturTasks
import SequiturTraining

extension LibraryWork {
    func report(_ command: Report) throws -> Summary {
        let folder = try RunFolder(opening: command.run), path = command.output ?? folder.path(of: .report)
        // What was measured of single examples when training ended stands in that page alone.
        let task = try folder.readDescription()["task"]?.string ?? ""
        guard
            command.output != nil || LabeledTaskKind(rawValue: task) == nil || !Folder.exists(path)
                || !Folder.exists("\(folder.path)/evaluation.json")
        else {
            throw InputError(
                "'\(path)' shows classes, confusions and mistakes that were measured when training ended, and what the folder holds "
                    + "besides does not: it was left alone; --output FILE writes a page of curves, figures and settings")
        }
        try RunReport(run: folder).write(to: path)
        var summary = Summary()
        summary.add("report", .string(path), "report")
        return summary
    }
}
