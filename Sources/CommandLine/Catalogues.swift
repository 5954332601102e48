import ArgumentParser
import SequiturDatasets
import SequiturLayers
import SequiturModels
import SequiturTensors
import SequiturText
import SequiturTraining

// The library's catalogues as values of options: what it learns, the command line offers, and an unknown name is an error that
// lists the valid ones.

extension ModelArchitecture: ExpressibleByArgument {}
extension RecurrentCell: ExpressibleByArgument {}
extension OptimizerKind: ExpressibleByArgument {}
extension ScheduleKind: ExpressibleByArgument {}
extension AveragingKind: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension TokenizerKind: ExpressibleByArgument {}
extension PositionKind: ExpressibleByArgument {}
extension Normalization: ExpressibleByArgument {}
extension Activation: ExpressibleByArgument {}
extension UpdateGate: ExpressibleByArgument {}
extension RecurrentImport.ColumnOrder: ExpressibleByArgument {}
extension Pooling: ExpressibleByArgument {}
extension ExampleFormat: ExpressibleByArgument {}
extension WordSplitter: ExpressibleByArgument {}
extension CharacterFeatures: ExpressibleByArgument {}
extension TagScheme: ExpressibleByArgument {}
extension SequencePooling: ExpressibleByArgument {}
