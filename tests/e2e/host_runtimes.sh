#!/usr/bin/env bash
# JIT compilers and runtimes with schedulers of their own: the same results and exit codes as bare under a
# threaded load, while dumps of all kinds are taken.
source "$(dirname "$0")/lib.sh"

holmes_set HOLMES_CPU=1 HOLMES_CPU_DIFF=0 HOLMES_CPU_ABS=1 HOLMES_CPU_DURATION=200ms HOLMES_COOLDOWN=50ms
holmes_set HOLMES_THREAD=1 HOLMES_THREAD_DIFF=0 HOLMES_THREAD_ABS=1 HOLMES_THREAD_MIN=0
holmes_set HOLMES_MEM=1 HOLMES_MEM_DIFF=0 HOLMES_MEM_ABS=1 HOLMES_MEMORY_LIMIT=100M
holmes_set HOLMES_COLLECT_INTERVAL=20ms HOLMES_SYMBOLIZE=off

compare() {  # NAME KINDS COMMAND...: bare, then under holmes
  local name=$1 kinds=$2 bare watched code=0
  shift 2
  rm -rf "${dumps:?}"/*
  bare=$("$@" 2>"$tmp/bare.err") || code=$?
  bare+=" exit $code"
  code=0
  watched=$(env "${settings[@]}" LD_PRELOAD="$library" "$@" 2>"$tmp/watched.err") || code=$?
  assert_eq "$name" "$watched exit $code" "$bare"
  for kind in $kinds; do
    echo "$name: $(events "$kind" | wc -l) events of kind $kind"
    assert_true "$name: events of kind $kind" "$(events "$kind" | wc -l) >= 1"
  done
}

ran=0
if command -v node >/dev/null; then
  cat >"$tmp/load.js" <<'JS'
const { Worker, isMainThread, parentPort } = require('worker_threads');
function work() {
  let sum = 0;
  for (let i = 0; i < 2e7; i++) {
    sum = (sum * 31 + i) % 1000003;
    if (i % 1000 == 0) JSON.parse(JSON.stringify({ a: [1, 2, 3], b: 'x'.repeat(100) }));
  }
  return sum;
}
if (isMainThread) {
  let ended = 0, sum = 0;
  for (let i = 0; i < 3; i++) {
    new Worker(__filename).on('message', part => {
      sum += part;
      if (++ended == 3) { console.log(sum); process.exit(7); }
    });
  }
} else parentPort.postMessage(work());
JS
  compare node 'cpu thread mem' node "$tmp/load.js"
  ran=$((ran + 1))
fi
if command -v javac >/dev/null; then
  cat >"$tmp/Load.java" <<'JAVA'
public class Load {
  public static void main(String[] arguments) throws Exception {
    Thread[] threads = new Thread[4];
    long[] sums = new long[4];
    for (int i = 0; i < 4; i++) {
      int k = i;
      threads[i] = new Thread(() -> {
        long sum = k;
        for (int j = 0; j < 30000000; j++) {
          sum = (sum * 31 + j) % 1000003;
          if (j % 1000 == 0) sum += new String("x" + j).length() % 2;
          if (j % 1000000 == 0) try { throw new Exception(); } catch (Exception e) { sum += 1; }
        }
        sums[k] = sum;
      });
      threads[i].start();
    }
    long all = 0;
    for (int i = 0; i < 4; i++) { threads[i].join(); all += sums[i]; }
    System.out.println(all);
    System.exit(7);
  }
}
JAVA
  javac -d "$tmp" "$tmp/Load.java"
  compare java 'cpu thread mem' java -cp "$tmp" Load
  ran=$((ran + 1))
fi
if command -v go >/dev/null; then
  mkdir "$tmp/load"
  cat >"$tmp/load/main.go" <<'GO'
package main

/*
#include <stdlib.h>
#include <string.h>
static long c_work(int n) {
  long sum = 0;
  for (int i = 0; i < n; i++) {
    char *p = malloc(20000);
    memset(p, i, 20000);
    sum += p[i % 20000];
    free(p);
  }
  return sum;
}
*/
import "C"
import (
	"fmt"
	"os"
	"sync"
)

func main() {
	var group sync.WaitGroup
	sums := make([]int64, 8)
	for g := 0; g < 8; g++ {
		group.Add(1)
		go func(g int) {
			defer group.Done()
			for i := 0; i < 40; i++ {
				sums[g] += int64(C.c_work(1000))
				for k := 0; k < 500000; k++ {
					sums[g] = (sums[g]*31 + int64(k)) % 1000003
				}
			}
		}(g)
	}
	group.Wait()
	fmt.Println(sums)
	os.Exit(7)
}
GO
  (cd "$tmp/load" && export HOME=$tmp GOFLAGS=-mod=mod && go mod init load && go build -o "$tmp/cgo" .) \
    >"$tmp/go.log" 2>&1
  # Go has a handler for every signal: no CPU capture, and running threads cannot be asked.
  compare 'go with cgo' 'thread mem' "$tmp/cgo"
  assert_eq 'go: CPU events' "$(events cpu | wc -l)" 0
  assert_file_has "$log" 'dump of cpu failed: .*signal'
  ran=$((ran + 1))
fi
((ran > 0)) || skip 'neither node, java nor go is installed'
