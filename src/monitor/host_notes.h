// What a reader of a dump must know of this host: found out once, at the start, said in the log and
// in every manifest. Context: add_host_note: constructor. add_host_notes: event thread.
#pragma once

#include <string_view>

#include "output/manifest.h"

namespace holmes {

void add_host_note(std::string_view note);
void add_host_notes(EventRecord& record);

}  // namespace holmes
