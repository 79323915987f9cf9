"""Command lines: parse, then call one library function."""

# What each is called and does, in the order of help pages; each is a module of this folder.
COMMANDS = {
    "train": "train a model",
    "evaluate": "measure a model, or a folder of predictions, against depth in metres",
    "predict": "predict depth for images and folders",
    "web": "measure rooms on a page in the browser, or write that page for a host",
    "preset": "write a trained model as one small file",
    "upload": "publish a model on the Hugging Face Hub",
    "export": "write a model as a SavedModel",
    "inspect": "look at a data set: sizes, depth in metres, missing depth, broken files",
    "preflight": "look at a video or KITTI before learning depth from it: motion, frame rate, K",
    "export-gt": "write true depth, e.g. projected LiDAR, as 16-bit PNG",
    "fill": "fill the holes of depth maps along their photographs' edges",
    "tfrecord": "write a data set as TFRecord shards",
    "rooms": "render furnished rooms with exact depth",
    "study": "train and compare several systems on the same data with the same budget",
    "completion": "complete commands and flags in bash, zsh or tcsh",
    "demo": "render, train, evaluate, export and predict, in minutes",
}
