enum ComputeAPIModule {}
