enum ComputeModelModule {}
