import Testing

@Suite struct WorkflowPlaceholderTests {}
