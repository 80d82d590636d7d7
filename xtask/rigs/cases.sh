# Named cases for the rigs' scripts. Source it; WORK is a folder that may be written.
#
#   check NAME COMMAND...   one case: prints `ok NAME` or `FAILED NAME` and then what the command printed
#   says PATTERN COMMAND... succeeds when the command does and prints a line that matches
#   lacks PATTERN COMMAND... succeeds when the command does and prints no line that matches
#   refused PATTERN COMMAND... succeeds when the command fails and prints a line that matches
#   fails STATUS PATTERN COMMAND... the same, and its exit status is this one
#
# A case of several commands is a function; the first command that fails ends it. `check` must not stand in a
# condition: the shell would then ignore failures inside. Nor does `! command` end a case.

passed=0 failed=0

check() {
    local name=$1 begin=${EPOCHREALTIME/./} status
    shift
    (
        set -e
        "$@"
    ) >"$WORK/case.log" 2>&1 </dev/null
    status=$?
    local spent=$(((${EPOCHREALTIME/./} - begin) / 1000))
    if [ $status = 0 ]; then
        passed=$((passed + 1))
        echo "ok $name ($spent ms)"
    else
        failed=$((failed + 1))
        echo "FAILED $name ($spent ms): exit status $status of: $*"
        tail -n 40 "$WORK/case.log" | sed 's/^/  | /'
    fi
}

says() {
    local pattern=$1
    shift
    "$@" >"$WORK/said" 2>&1 || {
        local status=$?
        cat "$WORK/said"
        return $status
    }
    cat "$WORK/said"
    grep -qE -e "$pattern" "$WORK/said" || {
        echo "nothing matches: $pattern"
        return 1
    }
}

lacks() {
    local pattern=$1
    shift
    says '' "$@"
    if grep -E -e "$pattern" "$WORK/said"; then
        echo "that should not be there"
        return 1
    fi
}

refused() {
    local pattern=$1 status=0
    shift
    "$@" >"$WORK/said" 2>&1 || status=$?
    cat "$WORK/said"
    [ $status != 0 ] || {
        echo "this should have failed: $*"
        return 1
    }
    grep -qiE -e "$pattern" "$WORK/said" || {
        echo "nothing matches: $pattern"
        return 1
    }
}

fails() {
    local code=$1 pattern=$2 status=0
    shift 2
    "$@" >"$WORK/said" 2>&1 || status=$?
    cat "$WORK/said"
    [ $status = "$code" ] || {
        echo "exit status $status, expected $code"
        return 1
    }
    grep -qiE -e "$pattern" "$WORK/said" || {
        echo "nothing matches: $pattern"
        return 1
    }
}

# wait_for SECONDS COMMAND... : until the command succeeds
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1 </dev/null; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}
