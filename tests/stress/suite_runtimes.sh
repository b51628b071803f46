#!/usr/bin/env bash
# Runtimes that bring their own threads, signals and code: their start and a threaded load give the same
# under holmes as bare.
source "$(dirname "$0")/suite.inc"

compare 'node --version' node --version
cat >"$tmp/workers.js" <<'JS'
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
if (isMainThread) {
  let sum = 0, left = 4;
  for (let i = 0; i < 4; i++) new Worker(__filename, { workerData: i })
    .on('message', m => { sum += m; if (--left == 0) console.log(sum) });
} else {
  let s = 0;
  for (let j = 0; j < 2e7; j++) s = (s + j * (workerData + 1)) % 1000003;
  parentPort.postMessage(s);
}
JS
compare 'node, four workers' node "$tmp/workers.js"
compare 'node, hashing in its pool' node -e '
const crypto = require("crypto"); let left = 16, all = [];
for (let i = 0; i < 16; i++) crypto.pbkdf2("secret", "salt" + i, 20000, 32, "sha256", (e, key) => {
  all.push(key.toString("hex")); if (--left == 0) console.log(all.sort().join("\n")) });'
compare 'java -version' java -version
cat >"$tmp/Load.java" <<'JAVA'
import java.util.*; import java.util.concurrent.*; import java.util.stream.*;
public class Load {
  public static void main(String[] a) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    List<Future<Long>> results = new ArrayList<>();
    for (int i = 0; i < 64; i++) { final int n = i; results.add(pool.submit(() -> {
      Map<Integer, String> map = new TreeMap<>();
      for (int j = 0; j < 20000; j++) map.put((j * 7919 + n) % 10007, "v" + j);
      return map.values().stream().mapToLong(String::hashCode).sum(); })); }
    long sum = 0; for (Future<Long> f : results) sum += f.get();
    pool.shutdown(); System.out.println(sum);
  }
}
JAVA
compare 'java, compiling and eight threads' java "$tmp/Load.java"
compare "python3, its own tests" python3 -m test -q test_thread test_fork1
compare 'python3, threads and processes' python3 -c '
import concurrent.futures as c, hashlib
def work(n): return hashlib.sha256(b"x" * 100000 * (n % 7 + 1)).hexdigest()
with c.ThreadPoolExecutor(8) as t: a = list(t.map(work, range(200)))
with c.ProcessPoolExecutor(2) as p: b = list(p.map(work, range(50)))
print(hashlib.sha256("".join(a + b).encode()).hexdigest())'
compare 'perl' perl -e 'my %h; $h{$_ % 1009} .= $_ for 1..300000; my @p; for (1..4) { my $pid = fork;
  if (!$pid) { exit $_ } push @p, $pid } waitpid($_, 0), print $? >> 8, "\n" for @p;
  print length(join "", map { $h{$_} } sort { $a <=> $b } keys %h), "\n"'
compare 'gcc' gcc -O2 -x c++ -std=c++17 -c -o "$tmp/object.o" - <<<'#include <map>
#include <string>
std::map<std::string, int> m; int main() { return m["a"]; }'
finish
