# Traces of the dialogue with a token.

trace-written = { $path }: { $count } entries.
trace-cut-off = The trace { $path } ends early: { $text }
trace-nothing-to-replay = { $path }: no connection in it can be replayed; record one with --trace
trace-equal = The dialogues are equal: { $count } entries.
trace-different = { $count ->
        [one] One difference.
       *[other] { $count } differences.
    }
trace-no-command = { $path }: the trace does not say which command it was recorded with; use --via replay: and name one
trace-replayed = Replayed: { $text } (exit code { $count }).
trace-test-written = { $path }: the test of { $text } (exit code { $count }).
