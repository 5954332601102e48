/// The page's one style sheet.
///
/// Text has a contrast of at least 4.5 : 1 against what is behind it, in the light and in the dark; nothing is told by colour alone.
/// The series' colours are told apart by the colour-blind too (blue, orange, green, violet, red, grey of differing lightness).
enum PageStyle {
    static let css = colours + frame + tables + figures + mistakes + paper

    private static let colours = """
        :root {
          color-scheme: light dark;
          --ground: #f7f7f4; --card: #ffffff; --ink: #1d2329; --soft: #57606a; --line: #d5d9dd; --accent: #0a5a9c;
          --series-0: #0a5a9c; --series-1: #c24a0a; --series-2: #0b7a5e; --series-3: #7a3fc4; --series-4: #b4234f; --series-5: #7b858f;
          --agree: 10 90 156; --differ: 194 74 10; --mixed: 123 133 143;
          --on-weak: #000000; --on-agree: #ffffff; --on-differ: #000000;
          --gold-ground: #dcebf7; --gold-ink: #0a4a80; --predicted-ground: #fbe3d3; --predicted-ink: #8f3405;
        }
        @media screen and (prefers-color-scheme: dark) {
          :root {
            --ground: #121518; --card: #1a1e23; --ink: #e4e8eb; --soft: #a0aab4; --line: #343b43; --accent: #6cb2f0;
            --series-0: #5aa9f0; --series-1: #f2924e; --series-2: #4cc3a0; --series-3: #b794f6; --series-4: #f27a9e; --series-5: #8d98a3;
            --agree: 56 136 210; --differ: 214 112 40; --mixed: 141 152 163;
            --on-weak: #ffffff; --on-agree: #000000; --on-differ: #000000;
            --gold-ground: #17344d; --gold-ink: #a9d3f7; --predicted-ground: #4a2a14; --predicted-ink: #fbc49a;
          }
        }

        """

    private static let frame = """
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body {
          margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 2.5rem) 4rem; max-width: 76rem; background: var(--ground); color: var(--ink);
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
          overflow-wrap: anywhere;
        }
        h1 { margin: 0; font-size: clamp(1.5rem, 4vw, 2.1rem); line-height: 1.2; font-weight: 650; letter-spacing: -0.01em; }
        h2 { margin: 3rem 0 1rem; padding-bottom: 0.35rem; border-bottom: 1px solid var(--line); font-size: 1.25rem; font-weight: 650; }
        h3 { margin: 1.75rem 0 0.5rem; font-size: 1rem; font-weight: 650; }
        a { color: var(--accent); }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        .subtitle { margin: 0.35rem 0 0; color: var(--soft); }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 0.75rem; margin: 1.5rem 0 0; }
        .facts div { padding: 0.7rem 0.9rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
        .facts dt { color: var(--soft); font-size: 0.82rem; line-height: 1.3; }
        .facts dd { margin: 0.15rem 0 0; font-size: 1.3rem; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums; }
        .notices { margin: 1.5rem 0 0; padding: 0.7rem 1rem 0.7rem 2rem; background: var(--card); border: 1px solid var(--line);
          border-inline-start: 4px solid var(--series-1); border-radius: 6px; }
        nav ul { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; margin: 1.5rem 0 0; padding: 0; list-style: none; }
        .note, .nothing { margin: 0.5rem 0; color: var(--soft); font-size: 0.9rem; }

        """

    private static let tables = """
        pre { margin: 0; font: 0.82rem/1.45 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", monospace; overflow-wrap: normal; }
        .scroll { overflow-x: auto; max-width: 100%; }
        .scroll.long { max-height: 36rem; overflow-y: auto; border-block: 1px solid var(--line); }
        .scroll.long thead th { position: sticky; z-index: 1; top: 0; background: var(--ground); }
        .scroll.long tfoot { position: sticky; z-index: 1; bottom: 0; background: var(--ground); }
        table { border-collapse: collapse; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
        caption { padding: 0 0 0.4rem; max-width: calc(100vw - 2.5rem); color: var(--soft); font-size: 0.88rem; text-align: start; }
        th, td { padding: 0.3rem 0.8rem; text-align: start; vertical-align: baseline; }
        th:first-child { padding-inline-start: 0.2rem; }
        tbody th, tfoot th { font-weight: 500; }
        thead th { border-bottom: 1.5px solid var(--ink); font-weight: 600; font-size: 0.86rem; }
        tbody th { position: sticky; inset-inline-start: 0; background: var(--ground); }
        .number { text-align: end; white-space: nowrap; }
        .results td, .results th { overflow-wrap: normal; }
        .results tr + tr > * { border-top: 1px solid var(--line); }
        .results tfoot tr:first-child > * { border-top: 1.5px solid var(--ink); }
        .pairs { width: 100%; }
        .pairs caption, .pairs thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        .pairs tbody { display: block; columns: 26rem 2; column-gap: 3rem; }
        .pairs tr { display: grid; grid-template-columns: minmax(9rem, 2fr) 3fr; border-bottom: 1px solid var(--line); break-inside: avoid; }
        .pairs th { color: var(--soft); font-weight: 400; }
        .bars { width: 100%; max-width: 60rem; }
        .bars caption { display: none; }
        .bars td { min-width: 9rem; width: 40%; }
        .bars tbody th { white-space: nowrap; }
        .bar { display: inline-block; vertical-align: middle; height: 0.75em; width: calc((100% - 4.5rem) * var(--width));
          background: var(--series-0); border-radius: 1px; }
        .bar.second { background: var(--series-5); }
        .value { margin-inline-start: 0.5rem; font-size: 0.88rem; }

        """

    private static let figures = """
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1.25rem; align-items: start; }
        figure { margin: 0; padding: 0.9rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; max-width: 44rem; }
        figcaption { margin-bottom: 0.4rem; font-weight: 600; }
        figure > svg { display: block; width: 100%; height: auto; }
        svg text { fill: var(--soft); font-size: 12px; font-family: inherit; font-variant-numeric: tabular-nums; }
        svg text.name { fill: var(--ink); }
        .grid { stroke: var(--line); stroke-width: 1; }
        .axis { stroke: var(--soft); stroke-width: 1; }
        .diagonal { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 4 4; }
        .line { fill: none; stroke: var(--colour); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        .line.faint { stroke-width: 1; stroke-opacity: 0.4; }
        .line.dashed { stroke-dasharray: 6 4; }
        .mark { fill: var(--colour); stroke: var(--card); stroke-width: 1; }
        .ring { fill: none; stroke: var(--colour); stroke-width: 2; }
        .fill { fill: var(--colour); fill-opacity: 0.75; }
        .series-0 { --colour: var(--series-0); } .series-1 { --colour: var(--series-1); } .series-2 { --colour: var(--series-2); }
        .series-3 { --colour: var(--series-3); } .series-4 { --colour: var(--series-4); } .series-5 { --colour: var(--series-5); }
        .legend { display: flex; flex-wrap: wrap; gap: 0.1rem 1.1rem; margin: 0.4rem 0 0; padding: 0; list-style: none; color: var(--soft); font-size: 0.86rem; }
        .legend svg { width: 24px; height: 10px; margin-inline-end: 0.4rem; vertical-align: middle; }
        .legend b { color: var(--ink); font-weight: 500; }
        .matrix { font-size: 0.84rem; border-collapse: separate; border-spacing: 2px; }
        .matrix th, .matrix td { padding: 0.25rem 0.45rem; overflow-wrap: normal; }
        .matrix td { min-width: 2.4rem; text-align: center; border-radius: 3px; }
        .matrix tbody th { text-align: end; white-space: nowrap; }
        .matrix thead th { border: 0; vertical-align: bottom; }
        .matrix .corner { text-align: end; color: var(--soft); font-weight: 400; }
        .matrix .column span { writing-mode: vertical-rl; text-orientation: sideways; transform: rotate(180deg); text-align: start; max-height: 11rem; white-space: nowrap;
          display: inline-block; }
        .matrix td.total { color: var(--soft); text-align: end; }
        .matrix td.empty { color: var(--soft); }
        .matrix td.right { background: rgb(var(--agree) / calc(var(--share) * 0.9)); color: var(--on-weak); }
        .matrix td.wrong { background: rgb(var(--differ) / calc(var(--share) * 0.9)); color: var(--on-weak); }
        .matrix td.mixed { background: rgb(var(--mixed) / calc(var(--share) * 0.5)); color: var(--on-weak); }
        .matrix td.right.strong { color: var(--on-agree); }
        .matrix td.wrong.strong { color: var(--on-differ); }
        .matrix caption span.right { border-bottom: 3px solid rgb(var(--agree)); }
        .matrix caption span.wrong { border-bottom: 3px solid rgb(var(--differ)); }

        """

    private static let mistakes = """
        .tag { display: inline-block; padding: 0 0.5em; border-radius: 4px; font-size: 0.86rem; font-weight: 500; unicode-bidi: isolate; }
        .tag.gold { background: var(--gold-ground); color: var(--gold-ink); }
        .tag.predicted { background: var(--predicted-ground); color: var(--predicted-ink); border: 1px dashed currentColor; }
        .mistakes { margin: 1rem 0; padding: 0; list-style: none; counter-reset: mistake; }
        .mistakes li { padding: 0.8rem 0; border-top: 1px solid var(--line); }
        .mistakes p { margin: 0.15rem 0; }
        .mistakes .context { max-width: 60rem; line-height: 1.9; white-space: pre-wrap; }
        .mistakes .place { color: var(--soft); font-size: 0.84rem; }
        .place span + span::before { content: " · "; }
        .span { display: inline-flex; flex-direction: column; vertical-align: baseline; line-height: 1.35; margin: 0.2rem 0.1rem; padding: 0.1rem 0.3rem;
          border-radius: 4px; background: linear-gradient(to right, var(--gold-ground) 50%, var(--predicted-ground) 50%);
          border-bottom: 2px dashed var(--series-1); unicode-bidi: isolate; }
        .span.right { background: var(--gold-ground); border-bottom: 2px solid var(--series-0); }
        .span.missed { background: var(--gold-ground); }
        .span.invented { background: var(--predicted-ground); }
        .under { font-size: 0.72rem; font-weight: 600; white-space: nowrap; }
        .under .gold, .span.right .under { color: var(--gold-ink); }
        .under .predicted { color: var(--predicted-ink); }

        """

    private static let paper = """
        @media (max-width: 34rem) {
          th, td { padding-inline: 0.4rem; }
          svg text { font-size: 14.5px; }
        }
        @media print {
          @page { margin: 15mm; }
          :root { --ground: #ffffff; }
          body { max-width: none; padding: 0; font-size: 10pt; }
          nav { display: none; }
          .figures { grid-template-columns: 1fr 1fr; }
          h2, h3 { break-after: avoid; }
          figure, .facts div, .mistakes li, tr { break-inside: avoid; }
          .scroll, .scroll.long { overflow: visible; max-height: none; }
          thead th, tbody th, tfoot { position: static; }
          tfoot { display: table-row-group; }
          caption { max-width: none; }
          .matrix { font-size: 7pt; }
          .matrix th, .matrix td { padding: 0.1rem 0.2rem; }
          .matrix td, .bar, .span, .tag { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
        }
        """
}
