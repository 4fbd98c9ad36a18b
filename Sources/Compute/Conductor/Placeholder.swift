enum ConductorModule {}
