import Testing

@Suite struct NetworkPlaceholderTests {}
