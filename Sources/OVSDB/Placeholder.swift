enum OVSDBModule {}
