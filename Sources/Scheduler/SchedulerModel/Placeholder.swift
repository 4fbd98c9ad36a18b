enum SchedulerModelModule {}
