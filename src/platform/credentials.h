// User and group ids of the threads that the C library does not know.
//
// Ids belong to threads; glibc's setuid() changes those of all threads that it knows. A monitor
// that stayed root in a worker that has dropped its privileges would be a hole in the host's
// defences.
#pragma once

namespace holmes {

// Gives the calling raw thread the ids and groups that the process's first thread has.
// Context: raw threads.
void adopt_process_credentials();

}  // namespace holmes
