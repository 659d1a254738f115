#include "conntrack/translated.h"

#include "util/error.h"
#include "conntrack/connection_table.h"

namespace portshift::conntrack {

bool hasTranslatedConnections() {
  try {
    return ConnectionTable().hasTranslated();
  } catch (const Error&) {
    return true;
  }
}

}  // namespace portshift::conntrack
