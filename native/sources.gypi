{
  "variables": {
    "common_sources": [
      "native/common/errno_name.cc",
      "native/common/error.cc",
      "native/common/hash.cc",
      "native/common/job_thread.cc",
      "native/common/network_namespace.cc",
      "native/conntrack/attributes.cc",
      "native/conntrack/translated.cc"
    ],
    "xt_sources": [
      "native/xt/address.cc",
      "native/xt/canonical_entry.cc",
      "native/xt/entry_codec.cc",
      "native/xt/entry_elements.cc",
      "native/xt/match_codec.cc",
      "native/xt/target_codec.cc",
      "native/xt/utf8.cc"
    ],
    "iptc_sources": [
      "native/iptc/chain_index.cc",
      "native/iptc/change.cc",
      "native/iptc/fingerprint.cc",
      "native/iptc/libiptc_api.cc",
      "native/iptc/owned_rules.cc",
      "native/iptc/present_tables.cc",
      "native/iptc/session.cc",
      "native/iptc/snapshot.cc",
      "native/iptc/table.cc",
      "native/iptc/table_editor.cc",
      "native/iptc/transaction.cc",
      "native/iptc/xtables_lock.cc"
    ],
    "nft_sources": [
      "native/nft/attributes.cc",
      "native/nft/batch.cc",
      "native/nft/element.cc",
      "native/nft/expression_decoder.cc",
      "native/nft/expression_encoder.cc",
      "native/nft/kernel_answer.cc",
      "native/nft/message.cc",
      "native/nft/objects.cc",
      "native/nft/request.cc",
      "native/nft/session.cc",
      "native/nft/socket.cc",
      "native/nft/table_reader.cc",
      "native/nft/transaction.cc",
      "native/nft/user_data.cc"
    ],
    "addon_sources": [
      "native/addon/js_error.cc",
      "native/addon/js_families.cc",
      "native/addon/js_field.cc",
      "native/addon/session_registry.cc",
      "native/addon/session_thread.cc"
    ],
    "iptc_addon_sources": [
      "native/addon/iptc_addon.cc",
      "native/addon/js_options.cc",
      "native/addon/js_rule_reader.cc",
      "native/addon/js_rule_writer.cc",
      "native/addon/native_change.cc",
      "native/addon/native_session.cc",
      "native/addon/native_snapshot.cc"
    ],
    "nft_addon_sources": [
      "native/addon/js_expression_reader.cc",
      "native/addon/js_expression_writer.cc",
      "native/addon/js_hex.cc",
      "native/addon/js_operation.cc",
      "native/addon/nft_addon.cc",
      "native/addon/nft_batch.cc",
      "native/addon/nft_names.cc",
      "native/addon/nft_session.cc",
      "native/addon/nft_table.cc"
    ]
  }
}
