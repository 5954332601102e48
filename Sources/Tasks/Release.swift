/// Which version of Sequitur this is; runs record it.
public enum Release {
    public static let version = "0.1.0"
}
