import Testing

@Suite struct ComputeAgentPlaceholderTests {}
