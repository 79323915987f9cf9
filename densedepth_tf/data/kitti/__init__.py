"""KITTI as it is published: drives, odometry, LiDAR."""
