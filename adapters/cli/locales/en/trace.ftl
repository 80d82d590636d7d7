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
trace-too-long = the file is longer than { $count } bytes; cut it to what matters
trace-not-one = the file does not begin with the line "kaztoken-trace 1"; it is no trace, or a later one
trace-line = line { $count }: { $text }; the lines before it are sound
trace-other-kind = this is no record of the kind that was named: { $text }
trace-place = line or packet { $count }: { $text }
trace-no-dialogue = there is no dialogue with a smart card in it
trace-over = the trace is over, and this is asked: { $text }
trace-differs = the trace has { $expected }, and this is asked: { $text }
