enum ComputeAgentModule {}
