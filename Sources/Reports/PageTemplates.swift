import Mustache

/// The templates of a page: the frame, and a partial for each section. They are part of the program, so that it needs no file
/// beside it.
enum PageTemplates {
    static let page = "page"

    /// - Throws: where a template is malformed.
    static func library() throws -> MustacheLibrary {
        MustacheContentTypes.register(ReportText(), named: ReportText.name)
        var library = MustacheLibrary()
        // A partial begins with the library's own escaping again.
        for (name, text) in all { try library.register("{{% CONTENT_TYPE: \(ReportText.name)}}" + text, named: name) }
        return library
    }

    private static let all: [(name: String, text: String)] = [
        (page, frame), ("tables", tables), ("row", row), ("listings", listings), ("curves", curves), ("matrices", matrices),
        ("bars", bars),
        ("calibration", calibration), ("mistakes", mistakes), ("pairs", pairs),
    ]

    private static let frame = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="generator" content="sequitur">
        <title>{{title}}</title>
        <style>
        {{{style}}}
        </style>
        </head>
        <body>
        <header>
        <h1 dir="auto">{{title}}</h1>
        {{#subtitle}}<p class="subtitle" dir="auto">{{subtitle}}</p>
        {{/subtitle}}
        {{#hasFacts}}<dl class="facts">
        {{#facts}}<div><dt>{{.name}}</dt><dd dir="auto">{{.value}}</dd></div>
        {{/facts}}
        </dl>
        {{/hasFacts}}
        {{#hasNotices}}<ul class="notices" aria-label="Notices">
        {{#notices}}<li dir="auto">{{.}}</li>
        {{/notices}}
        </ul>
        {{/hasNotices}}
        {{#isLong}}<nav aria-label="Sections"><ul>
        {{#sections}}<li><a href="#{{.id}}">{{.name}}</a></li>
        {{/sections}}
        </ul></nav>
        {{/isLong}}
        </header>
        <main>
        {{^sections}}<p>Nothing was recorded yet.</p>
        {{/sections}}
        {{#sections}}<section id="{{.id}}" aria-labelledby="{{.id}}-heading">
        <h2 id="{{.id}}-heading">{{.name}}</h2>
        {{#.results}}{{> tables}}{{/.results}}{{#.listings}}{{> listings}}{{/.listings}}{{#.curves}}{{> curves}}{{/.curves}}{{#.confusions}}{{> matrices}}{{/.confusions}}\
        {{#.classes}}{{> bars}}{{/.classes}}{{#.calibration}}{{> calibration}}{{/.calibration}}{{#.mistakes}}{{> mistakes}}{{/.mistakes}}\
        {{#.settings}}{{> pairs}}{{/.settings}}{{#.versions}}{{> pairs}}{{/.versions}}
        </section>
        {{/sections}}
        </main>
        </body>
        </html>

        """

    // Tables scroll on their own where they are wider or longer than the window; a region that scrolls is reached by the keyboard.

    private static let tables = """
        {{#items}}
        <h3 id="{{.id}}" dir="auto">{{.name}}</h3>
        <div class="scroll{{#.isLong}} long{{/.isLong}}" tabindex="0" role="region" aria-labelledby="{{.id}}">
        <table class="results">
        <caption dir="auto">{{.caption}}</caption>
        <thead><tr>{{#.columns}}<th scope="col"{{#.isNumber}} class="number"{{/.isNumber}} dir="auto">{{.name}}</th>{{/.columns}}</tr></thead>
        <tbody>
        {{#.rows}}{{> row}}{{/.rows}}
        </tbody>
        {{#.hasSummary}}<tfoot>
        {{#.summary}}{{> row}}{{/.summary}}
        </tfoot>
        {{/.hasSummary}}
        </table>
        </div>
        {{#.note}}<p class="note" dir="auto">{{.}}</p>{{/.note}}
        {{/items}}
        """

    private static let row = """
        <tr>{{#.cells}}{{#.isHeader}}<th scope="row"{{#.isNumber}} class="number"{{/.isNumber}} dir="auto">{{.text}}</th>{{/.isHeader}}\
        {{^.isHeader}}<td{{#.isNumber}} class="number"{{/.isNumber}} dir="auto">{{.text}}</td>{{/.isHeader}}{{/.cells}}</tr>

        """

    // The first line break in a pre element is none.
    private static let listings = """
        <div class="figures">
        {{#items}}<figure>
        <figcaption dir="auto">{{.name}}</figcaption>
        <pre class="scroll" tabindex="0">
        {{.text}}</pre>
        </figure>
        {{/items}}
        </div>
        """

    private static let curves = """
        <div class="figures">
        {{#items}}<figure>
        <figcaption id="{{.id}}" dir="auto">{{.name}}</figcaption>
        {{#.svg}}{{{.}}}{{/.svg}}{{^.svg}}<p class="nothing">No values.</p>{{/.svg}}
        <ul class="legend">{{#.legend}}<li><svg viewBox="0 0 24 10" aria-hidden="true"><path class="line {{.class}}" d="M2 5h20"/>\
        {{#.isMarked}}<circle class="mark {{.class}}" cx="12" cy="5" r="3"/>{{/.isMarked}}</svg><bdi>{{.name}}</bdi>\
        {{#.best}} <b>({{.}})</b>{{/.best}}</li>{{/.legend}}</ul>
        </figure>
        {{/items}}
        </div>
        """

    private static let matrices = """
        {{#items}}
        <h3 id="{{.id}}" dir="auto">{{.name}}</h3>
        {{#.isEmpty}}<p class="nothing">No values.</p>{{/.isEmpty}}{{^.isEmpty}}<div class="scroll" tabindex="0" role="region" aria-labelledby="{{.id}}">
        <table class="matrix">
        <caption>Rows: <span dir="auto">{{.rowTitle}}</span>. Columns: <span dir="auto">{{.columnTitle}}</span>. The darker, the larger the \
        share of the row; <span class="right">agreement</span> and <span class="wrong">confusion</span> in colours of their own.</caption>
        <thead><tr><th scope="col" class="corner"><span dir="auto">{{.rowTitle}}</span> ↓ <span dir="auto">{{.columnTitle}}</span> →</th>\
        {{#.columns}}<th scope="col" class="column"><span dir="auto">{{.}}</span></th>{{/.columns}}<th scope="col" class="number">total</th></tr></thead>
        <tbody>
        {{#.rows}}<tr><th scope="row" dir="auto">{{.name}}</th>{{#.cells}}<td class="{{#.isEmpty}}empty{{/.isEmpty}}\
        {{^.isEmpty}}{{.kind}}{{#.isStrong}} strong{{/.isStrong}}{{/.isEmpty}}" \
        style="--share:{{.strength}}" title="{{.place}}">{{.count}}</td>{{/.cells}}<td class="number total">{{.total}}</td></tr>
        {{/.rows}}
        </tbody>
        </table>
        </div>{{/.isEmpty}}
        {{#.note}}<p class="note" dir="auto">{{.}}</p>{{/.note}}
        {{#.hasPairs}}<div class="scroll" tabindex="0" role="region" aria-label="Most frequent confusions">
        <table class="results">
        <caption>The most frequent confusions</caption>
        <thead><tr><th scope="col" dir="auto">{{.rowTitle}}</th><th scope="col" dir="auto">{{.columnTitle}}</th>\
        <th scope="col" class="number">count</th><th scope="col" class="number">share of the row</th></tr></thead>
        <tbody>
        {{#.pairs}}<tr><th scope="row" dir="auto">{{.row}}</th><td dir="auto">{{.column}}</td><td class="number">{{.count}}</td>\
        <td class="number">{{.share}}</td></tr>
        {{/.pairs}}
        </tbody>
        </table>
        </div>{{/.hasPairs}}
        {{/items}}
        """

    private static let bars = """
        {{#items}}
        <h3 id="{{.id}}" dir="auto">{{.name}}</h3>
        <div class="scroll{{#.isLong}} long{{/.isLong}}" tabindex="0" role="region" aria-labelledby="{{.id}}">
        <table class="bars">
        <caption dir="auto">{{.name}}</caption>
        <thead><tr><th scope="col" dir="auto">{{.labelTitle}}</th>{{#.measures}}<th scope="col" dir="auto">{{.}}</th>{{/.measures}}</tr></thead>
        <tbody>
        {{#.rows}}<tr><th scope="row" dir="auto">{{.name}}</th>{{#.cells}}<td><span class="bar{{#.isSecond}} second{{/.isSecond}}" \
        style="--width:{{.width}}"></span><span class="value">{{.text}}</span></td>{{/.cells}}</tr>
        {{/.rows}}
        </tbody>
        </table>
        </div>
        {{#.note}}<p class="note" dir="auto">{{.}}</p>{{/.note}}
        {{/items}}
        """

    private static let calibration = """
        <div class="figures">
        {{#items}}<figure>
        <figcaption id="{{.id}}" dir="auto">{{.name}}</figcaption>
        {{#.svg}}{{{.}}}{{/.svg}}{{^.svg}}<p class="nothing">No values.</p>{{/.svg}}
        <p class="note" dir="auto">{{.note}}</p>
        </figure>
        <div class="scroll" tabindex="0" role="region" aria-labelledby="{{.id}}"><table class="results">
        <caption>Predictions by their confidence</caption>
        <thead><tr><th scope="col">confidence</th><th scope="col" class="number">mean confidence</th><th scope="col" class="number">accuracy</th>\
        <th scope="col" class="number">predictions</th></tr></thead>
        <tbody>
        {{#.rows}}<tr><th scope="row">{{.range}}</th><td class="number">{{.confidence}}</td><td class="number">{{.accuracy}}</td>\
        <td class="number">{{.count}}</td></tr>
        {{/.rows}}
        </tbody>
        </table></div>
        {{/items}}
        </div>
        """

    // A span's labels say in words what its colours say.

    private static let mistakes = """
        {{#.marked}}<p class="note">Below a span: <span class="tag gold">gold</span> → <span class="tag predicted">predicted</span>; \
        one label where both agree.</p>{{/.marked}}
        <ol class="mistakes">
        {{#items}}<li>
        {{#.hasLabels}}<p class="labels"><span class="tag gold" dir="auto">{{.gold}}</span> → \
        <span class="tag predicted" dir="auto">{{.predicted}}</span></p>{{/.hasLabels}}
        <p class="context" dir="auto">{{.text}}{{#.spans}}{{#.isPlain}}{{.text}}{{/.isPlain}}{{^.isPlain}}\
        <span class="span{{#.isRight}} right{{/.isRight}}{{#.isMissed}} missed{{/.isMissed}}{{#.isInvented}} invented{{/.isInvented}}">\
        <span class="words">{{.text}}</span><span class="under">\
        {{#.isRight}}<span>{{.gold}}</span>{{/.isRight}}{{^.isRight}}<span class="gold">{{.gold}}</span> → \
        <span class="predicted">{{.predicted}}</span>{{/.isRight}}</span></span>{{/.isPlain}}{{.space}}{{/.spans}}</p>
        <p class="place">{{#.score}}<span>score {{.}}</span>{{/.score}}{{#.place}}<span dir="auto">{{.}}</span>{{/.place}}</p>
        </li>
        {{/items}}
        </ol>
        {{#.note}}<p class="note">{{.}}</p>{{/.note}}
        """

    private static let pairs = """
        <table class="pairs">
        <caption>{{.name}}</caption>
        <thead><tr><th scope="col">name</th><th scope="col">value</th></tr></thead>
        <tbody>
        {{#items}}<tr><th scope="row" dir="auto">{{.name}}</th><td dir="auto">{{.value}}</td></tr>
        {{/items}}
        </tbody>
        </table>
        """
}
