enum ComputeStoreModule {}
