#pragma once

namespace parley::bench {

// Listens on a free port, which it prints, and takes whoever comes: an answer to an upgrade for
// those who ask, nothing for the others. On `send rate= seconds= bytes=` each event is one send()
// to each of them. Ends with standard input.
void run_fanout_floor();

}  // namespace parley::bench
