import Testing

@Suite struct OVSDBPlaceholderTests {}
