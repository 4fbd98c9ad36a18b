import Testing

@Suite struct ComputePlaceholderTests {}
