# Plans for rigs: what is wrong with one, and what came of it.

plan-missing-feature = the plan needs a rig with the feature { $name }, and { $place } has it not
plan-pin-ended = a PIN was not accepted, and no other is tried
plan-case-failed = a case before it failed
plan-no-such-case = no case has such a name; nothing was run
plan-rig-has-no = the rig has no { $name }
plan-turn = turn { $number }: { $text }
plan-step = step { $number }: { $text }
plan-stopped = stopped by Ctrl-C
plan-answer-to-reset = the answer to reset
plan-data = the data
plan-took = took { $micros } us, { $max } are allowed
plan-should-fail = it was answered, and should have failed with { $name }
plan-other-error = { $got } instead of { $name }: { $text }
plan-no-level = there is no { $name }
plan-level-unknown = not known
plan-level-differs = { $name } is { $got } and not { $expected }
plan-real-token = a PIN that may be wrong goes to virtual tokens only; nothing was sent (name the right one: from = "env:...")
plan-answered = answered { $got } and not { $expected }
plan-or = { $first } or { $second }
plan-bytes-differ = { $name } is { $got } and not { $expected }
plan-no-pattern = { $name } is no pattern: pairs of hexadecimal digits or ?, and .. at the end
plan-no-feature = { $name } is no feature of rigs
plan-pin-needs-from = pin needs from: { $text }
plan-pin-sources = factory, wrong, prompt, env:VARIABLE, fd:NUMBER or file:PATH
plan-from-expected = from: expected { $text }
plan-from-of-pin = from belongs to pin
plan-one-thing = a step does one thing: power, apdu, pin, wait-ms (600000 at most), card or contacts
plan-atr-of-power = atr belongs to power = "on" or "reset"
plan-data-of-apdu = data and sw belong to apdu or pin
plan-max-of-power = max-us belongs to power, apdu or pin
plan-sw-two-bytes = sw = "{ $name }": a status word has two bytes
plan-fails-expected = fails = { $name }: expected one of { $text }
plan-cannot-fail = fails: this step cannot fail
plan-fails-alone = what fails has no answer: fails stands alone
plan-apdu-hex = apdu: expected pairs of hexadecimal digits
plan-apdu-short = apdu: expected a short command: CLA INS P1 P2, then Lc and data, then Le
plan-apdu-pin = apdu: { $name } carries a PIN, and a plan is no place for one; use pin = "user" with from = ...
plan-own-name = { $name }: every case has a name of its own
plan-repeat = { $name }: repeat is 1 to 1000000
plan-no-step = { $name } has no step
plan-no-case = the plan has no case
plan-passed = passed
plan-failed = FAILED
plan-skipped = skipped
table-case = CASE
table-result = RESULT
table-seconds = SECONDS
plan-summary = { $count ->
        [one] 1 case
       *[other] { $count } cases
    }: { $passed } passed, { $failed } failed, { $skipped } skipped
plan-no-xml = the results cannot be written as XML: { $text }
toml-line = line { $line }: { $text }
