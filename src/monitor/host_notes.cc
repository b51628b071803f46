#include "monitor/host_notes.h"

namespace holmes {
namespace {

BoundedList<FixedString<191>, 4> g_notes;

}  // namespace

void add_host_note(std::string_view note) {
  if (FixedString<191>* place = g_notes.add()) place->assign(note);
}

void add_host_notes(EventRecord& record) {
  for (const FixedString<191>& note : g_notes) {
    if (FixedString<191>* place = record.notes.add()) *place = note;
  }
}

}  // namespace holmes
