import Testing

@Suite struct CorePlaceholderTests {}
