enum WorkflowModule {}
