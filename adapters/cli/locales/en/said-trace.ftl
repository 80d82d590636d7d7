# What traces say: kaztoken_trace.

trace-ended = the trace is over, and this is asked: { $got }
trace-not-as-recorded = the trace has { $expected }, and this is asked: { $got }
trace-file-too-long = the file is longer than { $count } bytes; cut it to what matters
trace-file-none = the file does not begin with the line { $name }; it is no trace, or a later one
trace-file-line = line { $number }: { $text }; the lines before it are sound
trace-record-kind = this is no record of the kind that was named: { $text }
trace-record-place = line or packet { $number }: { $text }
trace-record-empty = there is no dialogue with a smart card in it
