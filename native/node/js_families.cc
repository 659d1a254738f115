#include "node/js_families.h"

#include <cstdint>

namespace portshift::addon {

Family readFamily(const JsField& field) {
  if (const auto family = familyNamed(field.string())) return *family;
  field.fail(kFamilyNames);
}

Napi::Array writeFamilies(Napi::Env env, const std::vector<Family>& families) {
  const Napi::Array array = Napi::Array::New(env, families.size());
  for (std::uint32_t i = 0; i < families.size(); ++i) {
    array.Set(i, Napi::String::New(env, familyName(families[i]).data()));
  }
  array.Freeze();
  return array;
}

}  // namespace portshift::addon
