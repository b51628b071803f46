#include "monitor/log_settings.h"

#include "monitor/process_info.h"

namespace holmes {

Logger::Settings log_settings(const Config& config) {
  Logger::Settings settings;
  settings.target = config.log_target;
  settings.file = config.log_file;
  settings.level = config.log_level;
  settings.comm = process_comm();
  return settings;
}

}  // namespace holmes
