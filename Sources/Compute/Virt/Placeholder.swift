enum VirtModule {}
