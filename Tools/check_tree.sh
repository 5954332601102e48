#!/usr/bin/env bash
# Looks at every file that git knows, and complains of those that must not be in the repository.
set -euo pipefail
cd "$(dirname "$0")/.."

bad=0
complain() {
    printf 'check: %s: %s\n' "$1" "$2" >&2
    bad=1
}

while IFS= read -r -d '' file; do
    [ -e "$file" ] || continue
    case "$file" in
        .build/* | .venv/* | runs/* | Package.resolved | *__pycache__*) complain "$file" "is made by a build or a run; take it out" ;;
    esac
    if [ -L "$file" ]; then
        complain "$file" "is a symbolic link"
        continue
    fi
    bytes=$(wc -c <"$file")
    [ "$bytes" -le 1048576 ] || complain "$file" "has $bytes bytes; the limit is 1048576"
    # Binary files are fixtures and malformed samples, which only tests read.
    if [ "$bytes" -gt 0 ] && ! LC_ALL=C grep -qI '' "$file" && ! [[ "$file" == Tests/* || "$file" == Fuzz/Corpus/* ]]; then
        complain "$file" "is binary; only Tests/ and Fuzz/Corpus may hold binary files"
    fi
    case "$file" in
        *.swift)
            lines=$(wc -l <"$file")
            [ "$lines" -le 500 ] || complain "$file" "has $lines lines; the limit is 500"
            if grep -nE '^ *@testable import' "$file" >&2; then complain "$file" "imports @testable; use package or public access"; fi
            ;;
        *.py) python3 -c 'import ast, sys; ast.parse(open(sys.argv[1], encoding="utf-8").read(), sys.argv[1])' "$file" || complain "$file" "is not Python" ;;
        *.sh | .ci/run) [ -x "$file" ] && bash -n "$file" || complain "$file" "is not an executable shell script" ;;
    esac
done < <(git ls-files -z --cached --others --exclude-standard)
exit "$bad"
